import pytest
import torch

from survgui.engine.methods.peers.survpath import PathwayAttention
from tests.engine.methods.peers.conftest import SMALL


def test_it_is_full_attention_with_the_patch_by_patch_part_masked():
    torch.manual_seed(0)
    attention = PathwayAttention(SMALL).eval()
    patches, pathways = torch.randn(2, 7, 16), torch.randn(2, 3, 16)
    full = torch.nn.MultiheadAttention(16, SMALL.heads, batch_first=True).eval()
    full.in_proj_weight.data, full.in_proj_bias.data = attention.project.weight.data, attention.project.bias.data
    full.out_proj.load_state_dict(attention.out.state_dict())
    both = torch.cat([patches, pathways], dim=1)
    x = attention.norm(both)
    blocked = torch.zeros(10, 10, dtype=torch.bool)
    blocked[:7, :7] = True
    with torch.no_grad():
        expected = both + full(x, x, x, attn_mask=blocked)[0]
        found = torch.cat(attention(patches, pathways), dim=1)
    assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-5)
