"""`python -m bench.inside MODULE ARGUMENTS ...`: run the `main` of a module that needs Django's models."""

import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    import_module(sys.argv[1]).main(sys.argv[2:])
