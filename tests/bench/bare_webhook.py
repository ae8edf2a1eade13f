"""The baseline of the SMS webhook: a bare FastAPI app that inserts two rows with asyncpg, in one transaction."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel


class Message(BaseModel):
    """A text."""

    id: str
    sender: str
    text: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BARE_URL"], min_size=5, max_size=20) as pool:
        await pool.execute("create table if not exists message (id text primary key, sender text, text text)")
        await pool.execute("create table if not exists event (id bigserial primary key, payload text)")
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/ready")
async def ready() -> None:
    """Up."""


@app.post("/messages", status_code=204)
async def take(message: Message, request: Request) -> Response:
    """Two rows, one transaction."""
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into message values ($1, $2, $3)", message.id, message.sender, message.text)
        await connection.execute("insert into event (payload) values ($1)", message.text)
    return Response(status_code=204)


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(os.environ["BARE_PORT"]), loop="uvloop", http="httptools", access_log=False, log_level="error"
    )
