"""Telegram on the laptop: the Bot API for our bots, and their customers' phones, without Telegram.

`app.build` makes the application. Updates are delivered as Telegram does it: to the registered webhook, with its secret
header, one at a time and in order, and again until the webhook answers 2xx. Everything is kept in memory.
"""
