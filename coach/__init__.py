"""What to do next: profile, feasibility, plan, guardrails, readiness, adjustments and the words for them."""
