"""Program files: YAML text in, a program out, or an error that names file, line and field.

Speaks to PyYAML and fastjsonschema.
"""
