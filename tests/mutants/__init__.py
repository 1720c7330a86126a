"""Small defects planted in the source, one at a time: do the tests that mirror it notice?"""
