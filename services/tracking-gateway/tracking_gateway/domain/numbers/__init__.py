"""Recognising waybill numbers: formats, check digits, ranking, and finding numbers in free text."""
