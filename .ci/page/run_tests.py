"""Runs all tests of this folder in one browser, or those that the arguments of unittest select."""

import pathlib
import sys
import unittest

from browser import Browser, PageTest

modules = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("test_*.py"))
PageTest.browser = Browser()
# Each failure may take as long as the limit, so the first one ends the run.
try:
    program = unittest.main(module=None, argv=[*sys.argv, *modules], exit=False, verbosity=2, failfast=True)
finally:
    PageTest.browser.stop()
sys.exit(not program.result.wasSuccessful())
