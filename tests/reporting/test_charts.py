from __future__ import annotations

import json

from quotarisk.reporting.charts import bundled_javascript, draw_survival


def test_javascript_is_what_draws() -> None:
    """The bundle brings Vega-Embed, and nothing that would end a script element."""
    code = bundled_javascript()

    assert "window.vegaEmbed=" in code
    assert "</script" not in code.lower()


def test_survival_waits_for_its_data() -> None:
    """The curve's chart names the data that the page puts in, and asks for no address."""
    chart = draw_survival(currency="EUR", description="Words.")

    assert {"curve", "reading"} == {layer["data"]["name"] for layer in chart["layer"]}
    assert "Words." == chart["description"]
    assert "http" not in json.dumps(chart)


def test_chances_are_on_one_scale() -> None:
    """P(hit) goes from 0 to 100 % whatever the curves are, so that two of them can be compared."""
    layers = draw_survival(currency="EUR", description="Words.")["layer"]
    scales = [layer["encoding"]["y"]["scale"] for layer in layers if "y" in layer["encoding"]]

    assert [{"domain": [0, 1]}] * 2 == scales
