"""Reference models of the literature, one a module, as the acceptance tests need them."""
