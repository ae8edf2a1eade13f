"""The KPI formulas."""
