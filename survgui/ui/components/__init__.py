"""What the estimate is made of: contributions, components, fidelity, and the case among the cohort."""
