"""Insights: listens to every event and computes the contact centre's KPIs from them. It tells nobody what to do."""
