"""Steps too large for the kernel that is there: how large they may be, and how far loss goes."""
