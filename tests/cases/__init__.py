"""Cases: small inputs with their right results. A test has the name of its case."""
