variable "name" {
  description = "Prefix of everything that is made, such as plumbline-staging."
  type        = string
}

variable "image" {
  description = "The image with the configuration in it, by digest: see README.md."
  type        = string
}

variable "bucket" {
  description = "The bucket of the state; it is made."
  type        = string
}

variable "prefix" {
  description = "The prefix of one environment's state, ending in a slash."
  type        = string
  default     = "state/"
}

variable "job_policy" {
  description = "What the checks call: the output of `plumbline policy --config … --state s3://BUCKET/PREFIX`, with the --allow of the run."
  type        = string
}

variable "secrets" {
  description = "Environment variables of the task by name, each with the ARN of its secret in Secrets Manager."
  type        = map(string)
  default     = {}
}

variable "architecture" {
  description = "X86_64 or ARM64, as the image is."
  type        = string
  default     = "X86_64"
}
