"""Vendors' clouds on loopback: their protocols, their rules and their bad days, all from one made-up athlete's life."""
