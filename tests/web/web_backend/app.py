"""The stand-in as one application: the APIs, and the built pages as the launcher serves them."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from posthouse.static import web_app
from web_backend import auth, chat, desk, parcels, phones, problems


def _shop(request: Request, loader: str) -> HTMLResponse:
    """Somebody else's website that carries the chat; ask for it by another name of this machine."""
    return HTMLResponse(
        f'<!doctype html><h1>A shop</h1><script src="{loader}" data-site="demo" data-lang="en"></script>'
    )


def build() -> FastAPI:
    """A fresh world."""
    app = FastAPI()
    app.state.desk, app.state.chat = desk.Desk(), chat.Chat()
    app.add_exception_handler(problems.Refusal, problems.answer)
    for router in (auth.router, desk.router, parcels.router, chat.router, phones.router):
        app.include_router(router)
    app.add_api_route("/shop", _shop)
    app.mount("/", web_app())
    return app
