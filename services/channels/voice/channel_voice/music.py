"""Hold music, made here: a slow pentatonic tune of soft sine tones, as a WAV file for Twilio's Play verb."""

import io
import math
import wave
from array import array
from functools import lru_cache

RATE = 8000
_NOTES = (392.0, 440.0, 523.25, 587.33, 659.25)  # G A C D E
_TUNE = (2, 4, 3, 1, 2, 0, 1, 3, 4, 2, 3, 1, 0, 1, 2, 2)
_BEAT_SECONDS = 0.625
_LOUDNESS = 6000


@lru_cache(maxsize=2)
def hold_music(seconds: int) -> bytes:
    """A WAV file (8 kHz, 16 bits, mono) of this length; the tune repeats and fades out at the end."""
    samples = array("h", (_sample(index, seconds * RATE) for index in range(seconds * RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def _sample(index: int, length: int) -> int:
    at = index / RATE
    beat, within = divmod(at, _BEAT_SECONDS)
    note = _NOTES[_TUNE[int(beat) % len(_TUNE)]]
    swell = math.sin(math.pi * within / _BEAT_SECONDS)
    ending = min((length - index) / RATE, 1.0)
    tone = math.sin(2 * math.pi * note * at) + 0.3 * math.sin(4 * math.pi * note * at)
    return int(_LOUDNESS * swell * ending * tone / 1.3)
