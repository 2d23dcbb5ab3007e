output "submit" {
  description = "What belongs into the `submit` section of plumbline.yaml, next to subnets and security groups."
  value = {
    task_definition = aws_ecs_task_definition.job.family
    config          = "/etc/plumbline/plumbline.yaml"
    roles           = [aws_iam_role.task.arn, aws_iam_role.execution.arn]
  }
}

output "state" {
  description = "The --state of run, submit, attach and undo."
  value       = "s3://${aws_s3_bucket.state.bucket}/${var.prefix}"
}
