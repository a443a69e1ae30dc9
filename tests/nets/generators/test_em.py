import torch

from survgui.nets.generators.em import Moments, conditional, fit_moments


def gaussian(n, p=5, seed=0):
    draw = torch.Generator().manual_seed(seed)
    mixing = torch.randn(p, p, generator=draw, dtype=torch.float64)
    truth = mixing @ mixing.T / p + 0.2 * torch.eye(p, dtype=torch.float64)
    rows = torch.randn(n, p, generator=draw, dtype=torch.float64) @ torch.linalg.cholesky(truth).T + 3.0
    return rows, truth, draw


def test_complete_rows_give_the_sample_moments():
    rows, _, _ = gaussian(50)
    found = fit_moments(rows, torch.ones(50, 5, dtype=torch.bool), share=0.0)
    assert torch.allclose(found.mean, rows.mean(dim=0))
    assert torch.allclose(found.covariance, torch.cov(rows.T, correction=0))


def test_rows_with_missing_blocks_give_the_moments_of_the_whole():
    rows, truth, draw = gaussian(4000)
    seen = torch.ones(4000, 5, dtype=torch.bool)
    seen[:, :2] &= torch.rand(4000, 1, generator=draw) < 0.6
    # missing where another is high: what complete rows alone show would be biased
    seen[:, 4] &= rows[:, 2] < 3.5
    found = fit_moments(torch.where(seen, rows, torch.nan), seen, share=0.0, iterations=60)
    assert torch.allclose(found.mean, torch.full((5,), 3.0, dtype=torch.float64), atol=0.1)
    assert torch.allclose(found.covariance, truth, atol=0.12)
    assert rows[seen.all(dim=1)].mean(dim=0).sub(3.0).abs().max() > 0.3


def test_each_iteration_makes_what_is_seen_likelier():
    rows, _, draw = gaussian(40)
    seen = torch.rand(40, 5, generator=draw) < 0.7
    seen[:, 0] = True

    def likelihood(m):
        total = 0.0
        for row, here in zip(rows, seen, strict=True):
            law = torch.distributions.MultivariateNormal(m.mean[here], m.covariance[here][:, here])
            total += float(law.log_prob(row[here]))
        return total

    steps = [fit_moments(rows, seen, share=0.0, iterations=k) for k in (1, 2, 6)]
    values = [likelihood(m) for m in steps]
    assert values == sorted(values)


def test_the_conditional_is_the_textbooks():
    cov = torch.tensor([[1.0, 0.5, 0.2], [0.5, 2.0, 0.3], [0.2, 0.3, 1.5]], dtype=torch.float64)
    rule = conditional(cov[:1, 1:], cov[1:, 1:], cov[:1, :1])
    precision = torch.linalg.inv(cov)
    assert torch.allclose(rule.covariance, 1 / precision[:1, :1])
    assert torch.allclose(rule.gain, -precision[:1, 1:] / precision[0, 0])


def test_nothing_seen_leaves_the_marginal():
    cov = torch.eye(3, dtype=torch.float64) * 2
    rule = conditional(cov[:, :0], cov[:0, :0], cov)
    assert torch.equal(rule.covariance, cov) and rule.gain.shape == (3, 0)


def test_shrinking_scales_covariances_and_keeps_variances():
    moments = Moments(torch.zeros(2), torch.tensor([[2.0, 1.0], [1.0, 3.0]]))
    assert moments.shrunken(0.25).covariance.tolist() == [[2.0, 0.75], [0.75, 3.0]]


def test_more_columns_than_rows_stay_definite():
    rows, _, draw = gaussian(10, p=20)
    seen = torch.rand(10, 20, generator=draw) < 0.7
    found = fit_moments(rows, seen, share=0.3).shrunken(0.3)
    assert torch.linalg.eigvalsh(found.covariance).min() > 0
    assert torch.isfinite(found.mean).all()
