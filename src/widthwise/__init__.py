"""widthwise: claims about wide neural networks as pytest tests.

The four rooms are subpackages: `widthwise.models` (what is measured),
`widthwise.harness` (how a claim is judged), `widthwise.claims` (what is
claimed) and `widthwise.reports` (how the evidence is shown).
"""
