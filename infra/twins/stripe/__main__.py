"""Run the twin until it is stopped."""

from __future__ import annotations

import argparse

from infra.twins.stripe.server import serve


def main() -> None:
    """Read the port from the command line and serve on it."""
    parser = argparse.ArgumentParser(
        prog="stripe_twin", description="A twin of Stripe on this machine."
    )
    parser.add_argument(
        "--port", type=int, default=12111, help="0 takes any free port (default: 12111)"
    )
    serve(parser.parse_args().port)


if __name__ == "__main__":
    main()
