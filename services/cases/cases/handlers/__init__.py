"""What the service does when something happened elsewhere: `on_<event>(tx, event)`."""
