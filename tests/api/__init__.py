"""The functions over HTTP, in this process. A package, so that its deployment ends with its last test."""
