"""Kdniao (快递鸟): pushes of event lists, oldest first, and instant queries."""
