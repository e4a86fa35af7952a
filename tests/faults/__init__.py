"""The fault matrix: what is killed, frozen, cut off or lied to while websites write, and what must hold then.

`python -m tests.faults F01 F14` runs two of them, `make faults` all. Real programs on engines of their own.
"""
