"""Roles and inference endpoints in AWS, on clients of boto3 that are passed in."""
