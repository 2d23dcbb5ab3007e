import RunModel

/// Causes in tasks, images and their settings (contract §11, rows 8–13, 18–19, 41, 43, 45).
extension Rule {
    static let deploymentRules: [Rule] = [
        Rule(
            "image-architecture", patterns: [10], when: Symptom(words: [["exec format error"]]),
            component: "Container image", title: "The image was built for another processor",
            cause: "The task's processor cannot run the image: it was built on ARM.",
            fix: "Build for linux/amd64 and deploy again.",
            command: "docker buildx build --platform linux/amd64 -t \"$IMAGE\" --push .", effort: .small,
            owner: "release"),
        Rule(
            "image-broken", patterns: [9],
            when: Symptom(words: [["syntaxerror"], ["importerror"], ["modulenotfounderror"], ["cannot pull"]]),
            component: "Container image", title: "The task dies at its start because of its code",
            cause: "The image has a fault that shows as soon as it starts.",
            fix: "Go back to the last revision that worked, and let the pipeline start each image once.",
            effort: .medium, owner: "release"),
        Rule(
            "image-outdated", patterns: [19],
            when: Symptom(words: [["runs an older image"], ["another revision than the service"]]),
            component: "Deployment", title: "What runs is older than what was released",
            cause: "The image tag or the service's revision moved on and the running task did not: the fix is merged "
                + "and not deployed.",
            fix: "Force a new deployment, then compare the digests again.",
            command: "aws ecs update-service --cluster \"$CLUSTER\" --service \"$SERVICE\" --force-new-deployment",
            effort: .small, owner: "release"),
        Rule(
            "setting-reverted", patterns: [43], when: Symptom(words: [["brought back"]]),
            component: "Deployment", title: "A revision brought an older value back",
            cause: "Two deployments raced, or one was made from an old checkout: the newest task definition holds a "
                + "value that an earlier one had replaced.",
            fix: "Register the wanted value again, and let one deployment at a time hold the lock.", effort: .medium,
            owner: "release"),
        Rule(
            "secret-unreadable", patterns: [18], when: Symptom(words: [["resourceinitializationerror"]]),
            component: "Secrets", title: "The task cannot read its secrets",
            cause: "The reference to the secret is incomplete, or the execution role may not read it.",
            fix: "Correct the secret's ARN with its suffix, and the execution role's policy.", effort: .small,
            owner: "platform"),
        Rule(
            "settings-missing", patterns: [11],
            when: Symptom(words: [["not configured"], ["environment variable", "not set"], ["is not set"]]),
            component: "Settings", title: "A mandatory setting is missing",
            cause: "A variable or file that the service or this run needs is not there.",
            fix: "Add it to the task definition or to the pipeline's secrets.", effort: .small, owner: "platform"),
        Rule(
            "redis-url", patterns: [13],
            when: Symptom(words: [["redis", "scheme"], ["redis", "unsupported url"]]),
            component: "Redis settings", title: "The Redis URL has no scheme or no TLS",
            cause: "The client cannot read the URL, health turns bad and the deployment rolls back.",
            fix: "Use rediss:// in the URL.", effort: .small, owner: "platform"),
        Rule(
            "redis-unreachable", patterns: [35],
            when: Symptom(words: [
                ["redis", "timed out"], ["redis", "timeout"], ["redis", "refused"], ["6379", "timed out"],
            ]),
            component: "Redis", title: "Redis cannot be reached",
            cause: "No security-group rule admits the caller, the address in the settings has drifted, or Redis is "
                + "down. Everything that asks Redis first becomes slow.",
            fix: "Add the rule or correct the address; start Redis if it is down.",
            command: "aws elasticache describe-replication-groups --query "
                + "'ReplicationGroups[].[ReplicationGroupId,Status]' --output table",
            effort: .small, owner: "platform"),
        Rule(
            "queue-fallback", patterns: [36], when: Symptom(words: [["queue", "degraded"], ["queue", "fallback"]]),
            component: "Message queue", title: "The queue runs in its fallback mode",
            cause: "Redis is off or its breaker is open and no webhook is set: messages live in memory only. This is "
                + "the intended fallback.",
            fix: "Set up the webhook or Redis.", effort: .small, owner: "service", isUrgent: false),
        Rule(
            "tasks-missing", patterns: [7, 9],
            when: Symptom(categories: [.aws], words: [["running", "0"], ["0/1"], ["0 of 1"]]),
            component: "ECS service", title: "A service runs fewer tasks than it should",
            cause: "Tasks stop or never start; the service's events say why.",
            fix: "Read the stopped tasks' reasons, mend the image or its settings, and deploy again.",
            command: "aws ecs describe-services --cluster \"$CLUSTER\" --services \"$SERVICE\" "
                + "--query 'services[].events[:5].message'",
            effort: .medium, owner: "platform"),
        Rule(
            "targets-unhealthy", patterns: [7, 8, 12],
            when: Symptom(categories: [.aws], words: [["unhealthy"], ["no healthy target"], ["no registered target"]]),
            component: "Load balancer", title: "A target group has no healthy target",
            cause: "The health check asks a wrong port or path, is too slow behind its own dependencies, or no task is "
                + "registered.",
            fix: "Compare the target group's port and path with the service (8001 and /health/alb), and its time-out.",
            command: "aws elbv2 describe-target-health --target-group-arn \"$TARGET_GROUP\"", effort: .small,
            owner: "network"),
    ]
}
