"""
A drift report in the forms that people and programs read.

Every renderer is a pure function from `edgeops.core.findings.DriftReport` to a text;
`edgeops.report.registry` knows them all by name. What a cluster says is data, never markup:
each format escapes it for its own syntax, and `edgeops.report.inert` first takes away what
would act on a terminal or deceive an eye.
"""
