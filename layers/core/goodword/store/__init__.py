"""The tables, one module each; speaks to DynamoDB through pynamodb.

An item is its keys, what its indexes need, and the record as a map of plain values with readable
names. `schema` says how the map is written; readers accept the previous one.
"""
