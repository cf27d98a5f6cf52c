"""What AWS keeps and makes: Secrets Manager, Parameter Store, sessions of STS, access keys of IAM."""
