import torch
from torch import nn

from survgui.nets.masked.transformer import Transformer


def test_it_is_the_pre_norm_encoder_of_torch():
    torch.manual_seed(0)
    ours = Transformer(16, 4, 2, 24).eval()
    layer = nn.TransformerEncoderLayer(
        16, 4, 24, dropout=0.0, activation="gelu", layer_norm_eps=1e-6, batch_first=True, norm_first=True
    )
    theirs = nn.TransformerEncoder(layer, 2, nn.LayerNorm(16, eps=1e-6), enable_nested_tensor=False).eval()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.3)
    theirs.norm.load_state_dict(ours.norm.state_dict())
    names = {
        "self_attn.in_proj_": "query_key_value.", "self_attn.out_proj.": "out.", "norm1.": "before.",
        "norm2.": "between.", "linear1.": "feed.0.", "linear2.": "feed.2.",
    }  # fmt: skip
    for one, other in zip(ours.layers, theirs.layers, strict=True):
        weights = one.state_dict()
        other.load_state_dict({t + p: weights[o + p] for t, o in names.items() for p in ("weight", "bias")})
    x = torch.randn(3, 7, 16)
    with torch.no_grad():
        assert torch.allclose(ours(x), theirs(x), atol=1e-5)
        order = torch.randperm(7)
        assert torch.allclose(ours(x[:, order]), ours(x)[:, order], atol=1e-5)
