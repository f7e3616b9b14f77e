"""The staff's pages, one module each: what a request asks for, the step that does it, the page."""
