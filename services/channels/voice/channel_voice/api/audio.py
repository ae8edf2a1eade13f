"""Sounds that Twilio plays; public, because they are the same for everybody."""

import asyncio

from fastapi import APIRouter, Request, Response

from channel_voice.music import hold_music
from channel_voice.parameters import VoiceParameters
from channel_voice.twilio.urls import MUSIC_PATH

router = APIRouter(tags=["Audio"])
_DAY = 86_400


@router.get(
    MUSIC_PATH, response_class=Response, responses={200: {"content": {"audio/wav": {}}, "description": "A WAV file"}}
)
async def music(request: Request) -> Response:
    """The hold music."""
    parameters: VoiceParameters = request.app.state.parameters
    headers = {"Cache-Control": f"public, max-age={_DAY}"}
    sound = await asyncio.to_thread(hold_music, parameters.wait_music_seconds)  # the first time it is computed
    return Response(sound, media_type="audio/wav", headers=headers)
