"""The demo: the whole house with simulated providers, customers and agents."""
