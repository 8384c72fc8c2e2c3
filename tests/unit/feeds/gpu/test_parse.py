"""Drivers' texts about GPUs."""

import pytest

from uma.feeds.gpu.parse import (
    Figures,
    busiest,
    engine_of,
    figures_of_engines,
    parse_config,
    parse_gpu_metrics,
    parse_name,
    parse_nvidia_name,
    parse_udev_name,
    parse_whole,
)

from .trees import apu_metrics, card_metrics

FORMATS = {
    "event": "config:0-11",
    "engine_class": "config:20-27",
    "engine_instance": "config:12-19",
    "gt": "config:60-63",
    "odd": "config1:0-3",
    "wrong": "config:9-3",
}


@pytest.mark.parametrize(
    ("event", "engine"),
    [
        ("rcs0-busy", "render"),
        ("bcs0-busy", "blitter"),
        ("vcs1-busy", "video"),
        ("vecs0-busy", "video_enhance"),
        ("ccs3-busy", "compute"),
        ("rcs0-wait", None),
        ("rcs0-busy.unit", None),
        ("rc6-residency", None),
    ],
)
def test_engines_by_i915s_events(event, engine):
    """Only busy times are loads."""
    assert engine_of(event) == engine


@pytest.mark.parametrize(
    ("text", "parameters", "config"),
    [
        ("config=0x10", {}, 0x10),
        ("event=0x02", {}, 2),
        ("event=0x02", {"engine_class": 2, "engine_instance": 1, "gt": 1}, 1 << 60 | 2 << 20 | 1 << 12 | 2),
        ("event=0x1000", {}, None),
        ("unknown=1", {}, None),
        ("odd=1", {}, None),
        ("wrong=1", {}, None),
        ("event=x", {}, None),
        ("event=-1", {}, None),
        ("", {}, None),
    ],
)
def test_configs(text, parameters, config):
    """They follow the kernel's own formats; an unknown one opens no counter."""
    assert parse_config(text, FORMATS, **parameters) == config


def test_the_load_is_the_busiest_engines():
    """One busy video engine of four is 100 %, not 25 %."""
    engines = busiest([("render", 0.04), ("video", 3.0), ("video", 100.3), ("blitter", -1.0)])

    assert engines == {"render": 0.0, "video": 100.0, "blitter": 0.0}
    assert figures_of_engines(engines).busy_percent == 100.0
    assert figures_of_engines({}).busy_percent is None


@pytest.mark.parametrize("revision", [0, 1, 2, 3])
def test_metrics_of_a_card(revision):
    """Temperature, power, clock, fan and video engine, at the offsets of each revision."""
    assert parse_gpu_metrics(card_metrics(revision)) == Figures(
        engines={"video": 12.0},
        temperature=52.0,
        power_watts=85.0,
        power_scope="gpu",
        fan_rpm=1200,
        frequency_mhz=2100,
        integrated=False,
    )


@pytest.mark.parametrize(("layout", "engines"), [(2, {}), (3, {"video": 23.5})])
def test_metrics_of_a_processor(layout, engines):
    """In hundredths of a degree and of a percent, and milliwatts; the power is the whole chip's."""
    assert parse_gpu_metrics(apu_metrics(layout)) == Figures(
        engines=engines, temperature=45.5, power_watts=18.0, power_scope="soc", frequency_mhz=800, integrated=True
    )


@pytest.mark.parametrize(
    ("raw", "percent"), [(0, 0.0), (37, 0.4), (100, 1.0), (2350, 23.5), (10000, 100.0), (10100, None), (65535, None)]
)
def test_video_load_of_a_processor(raw, percent):
    """A transcode at a quarter of the engine is 2500: the kernel divides by 100 (smu12/renoir_ppt.c)."""
    data = bytearray(apu_metrics(2))
    data[30:32] = raw.to_bytes(2, "little")

    assert parse_gpu_metrics(bytes(data)).engines.get("video") == percent


@pytest.mark.parametrize(
    ("raw", "watts"),
    [(0, None), (9, 9.0), (65, 65.0), (500, 500.0), (501, 0.5), (5400, 5.4), (18000, 18.0), (65535, None)],
)
def test_power_of_a_processor_in_watts_or_milliwatts(raw, watts):
    """Some firmware of Ryzen 4000G and 5000G writes watts (amdgpu_top#30)."""
    data = bytearray(apu_metrics(2))
    data[40:42] = raw.to_bytes(2, "little")

    assert parse_gpu_metrics(bytes(data)).power_watts == watts


def test_metrics_that_are_not_known():
    """0xFFFF means none; an unknown layout, a truncated one and noise give no figures."""
    none = parse_gpu_metrics(card_metrics(temperature=0xFFFF, video=0xFFFF, watts=0xFFFF, mhz=0xFFFF, rpm=0xFFFF))
    assert none == Figures(power_scope="gpu", integrated=False)
    assert parse_gpu_metrics(card_metrics(temperature=250, video=300)).temperature is None

    for data in (
        b"",
        b"\x00",
        b"\xff" * 4000,
        card_metrics()[:50],
        bytes((120, 0, 1, 4)) + bytes(116),
        apu_metrics()[:20],
    ):
        assert parse_gpu_metrics(data).temperature is None


def test_names():
    """udev's name for all, the driver's own for NVIDIA."""
    assert (
        parse_udev_name("I:1\nE:ID_MODEL_FROM_DATABASE=Alder Lake-N [UHD Graphics]\n") == "Alder Lake-N [UHD Graphics]"
    )
    assert parse_udev_name("E:ID_VENDOR=x") is None
    assert parse_nvidia_name("Model: \t\t NVIDIA GeForce GTX 1660\nIRQ: 5\n") == "NVIDIA GeForce GTX 1660"
    assert parse_nvidia_name("noise") is None
    assert parse_name("\x1b[31m" + "x" * 100) == "[31m" + "x" * 60


@pytest.mark.parametrize(("text", "number"), [("12\n", 12), ("101", None), ("-1", None), ("", None), ("9" * 50, None)])
def test_whole_numbers(text, number):
    """A number within the bound; anything else is None."""
    assert parse_whole(text, 100) == number
