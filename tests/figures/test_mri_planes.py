from functools import partial

import numpy as np
import pytest

from survgui.engine.pictures import mri_picture
from survgui.figures.mri_planes import BOX, draw_mri, mri_height
from tests.report.recorder import drawn


def test_planes_share_one_scale_of_millimetres():
    volume = np.ones((20, 30, 10), np.float32)
    made = drawn(
        partial(draw_mri, picture=mri_picture("t1", volume, np.diag([2.0, 1.0, 4.0, 1.0]))), 698.0, mri_height()
    )
    sizes = [(rect.width, rect.height) for rect, _, _ in made.pictures]
    unit = sizes[0][0] / 40  # px of a millimetre
    assert sizes == [pytest.approx((w * unit, h * unit)) for w, h in ((40, 30), (40, 40), (30, 40))]
    assert [text for _, text in made.texts if len(text) == 1] == list("RLAPRLSIAPSI")


def test_the_crop_is_drawn_where_it_lies_in_the_plane():
    volume = np.random.default_rng(0).uniform(1, 2, (20, 20, 20)).astype(np.float32)
    box = ((0, 10), (10, 20), (5, 15))
    made = drawn(partial(draw_mri, picture=mri_picture("t1", volume, np.eye(4), box)), 698.0, mri_height())
    crops = [rect for rect, ink in made.frames if ink.colour == BOX]
    shares = [
        ((c.x - p.x) / p.width, (c.y - p.y) / p.height) for c, (p, _, _) in zip(crops, made.pictures, strict=True)
    ]
    # Left on the screen is the patient's right, or anterior; up is anterior, or superior.
    assert shares == [pytest.approx(share, abs=1e-9) for share in ((0.5, 0.0), (0.5, 0.25), (0.0, 0.25))]
