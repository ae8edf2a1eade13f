"""Kuaidi100 (快递100): pushes of full event lists, and queries no more often than the provider allows."""
