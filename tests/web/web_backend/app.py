"""The stand-in as one application: the APIs, and the built pages as the launcher serves them."""

from fastapi import FastAPI
from posthouse.static import web_app

from web_backend import auth, chat, desk, parcels, problems


def build() -> FastAPI:
    """A fresh world."""
    app = FastAPI()
    app.state.desk, app.state.chat = desk.Desk(), chat.Chat()
    app.add_exception_handler(problems.Refusal, problems.answer)
    for router in (auth.router, desk.router, parcels.router, chat.router):
        app.include_router(router)
    app.mount("/", web_app())
    return app
