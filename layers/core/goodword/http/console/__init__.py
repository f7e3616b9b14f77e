"""The staff's pages, one module each: the request, the step that it calls, the page."""
