"""Entry points of SageMaker jobs and of the serving container: paths in, one library call, files out."""
