"""Install Chromium for the tests of the page, where it is missing and can be.

The page is tested in a real browser. On Debian and its kin, run as root, this
installs the distribution's Chromium; anywhere else it says what to do and the
tests that need a browser are skipped.
"""

import os
import shutil
import subprocess
import sys


def main() -> None:
    """Install Chromium, or say why not."""
    if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print("no Chromium: the tests of the page in a browser will be skipped", file=sys.stderr)
        return
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(["apt-get", "update"], env=environment, **quiet)
        subprocess.run(
            ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
            env=environment,
            **quiet,
        )
    except subprocess.CalledProcessError as error:
        print(f"Chromium could not be installed: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
