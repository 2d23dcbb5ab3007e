import RunModel

/// Causes in tasks, images and their settings (contract §11, rows 8–13, 18–19, 41, 43, 45).
extension Rule {
    static let deploymentRules: [Rule] = [
        Rule(
            "image-architecture", patterns: [10],
            when: [
                .ailment(.wrongArchitecture), .says([["exec format error"]]),
            ],
            component: "Container image", title: "The image was built for another processor",
            cause: "The task's processor cannot run the image: it was built on ARM.",
            fix: "Build for linux/amd64 and deploy again.",
            command: "docker buildx build --platform linux/amd64 -t \"$IMAGE\" --push .", effort: .small,
            owner: "release", changes: [.image, .taskDefinition, .code]),
        Rule(
            "image-broken", patterns: [9],
            when: [
                .says([["syntaxerror"], ["importerror"], ["modulenotfounderror"], ["cannot pull"]])
            ],
            component: "Container image", title: "The task dies at its start because of its code",
            cause: "The image has a fault that shows as soon as it starts.",
            fix: "Go back to the last revision that worked, and let the pipeline start each image once.",
            effort: .medium, owner: "release", changes: [.image, .taskDefinition, .code]),
        Rule(
            "image-outdated", patterns: [19],
            when: [.ailment(.outdated)],
            component: "Deployment", title: "What runs is older than what was released",
            cause: "The image tag or the service's revision moved on and the running task did not: the fix is merged "
                + "and not deployed.",
            fix: "Force a new deployment, then compare the digests again.",
            command: "aws ecs update-service --cluster \"$CLUSTER\" --service \"$SERVICE\" --force-new-deployment",
            effort: .small, owner: "release", changes: [.image, .service, .taskDefinition]),
        Rule(
            "setting-reverted", patterns: [43], when: [.setting(.reverted)],
            component: "Deployment", title: "A revision brought an older value back",
            cause: "Two deployments raced, or one was made from an old checkout: the newest task definition holds a "
                + "value that an earlier one had replaced.",
            fix: "Register the wanted value again, and let one deployment at a time hold the lock.", effort: .medium,
            owner: "release", changes: [.taskDefinition]),
        Rule(
            "secret-unreadable", patterns: [18], when: [.says([["resourceinitializationerror"]])],
            component: "Secrets", title: "The task cannot read its secrets",
            cause: "The reference to the secret is incomplete, or the execution role may not read it.",
            fix: "Correct the secret's ARN with its suffix, and the execution role's policy.", effort: .small,
            owner: "platform", changes: [.secret, .identity, .taskDefinition]),
        Rule(
            "settings-missing", patterns: [11],
            when: [
                .setting(.missing), .any(.runLacks),
                .says(
                    [["not configured"], ["environment variable", "not set"], ["is not set"]],
                    without: ["huggingface token"]),
            ],
            component: "Settings", title: "A mandatory setting is missing",
            cause: "A variable or file that the service or this run needs is not there.",
            fix: "Add it to the task definition or to the pipeline's secrets.", effort: .small, owner: "platform"),
        Rule(
            "redis-url", patterns: [13],
            when: [.says([["redis", "scheme"], ["redis", "unsupported url"]])],
            component: "Redis settings", title: "The Redis URL has no scheme or no TLS",
            cause: "The client cannot read the URL, health turns bad and the deployment rolls back.",
            fix: "Use rediss:// in the URL.", effort: .small, owner: "platform"),
        Rule(
            "redis-unreachable", patterns: [35],
            when: [
                .noConnection(to: .redis), .error(of: .redis, .refused, .timedOut, .unresolved, .connectionLost),
            ],
            component: "Redis", title: "Redis cannot be reached",
            cause: "No security-group rule admits the caller, the address in the settings has drifted, or Redis is "
                + "down. Everything that asks Redis first becomes slow.",
            fix: "Add the rule or correct the address; start Redis if it is down.",
            command: "aws elasticache describe-replication-groups --query "
                + "'ReplicationGroups[].[ReplicationGroupId,Status]' --output table",
            effort: .small, owner: "platform", changes: [.securityGroup, .cache, .network]),
        Rule(
            "queue-fallback", patterns: [36], when: [.deviation(of: .queue, .fallback)],
            component: "Message queue", title: "The queue runs in its fallback mode",
            cause: "Redis is off or its breaker is open and no webhook is set: messages live in memory only. This is "
                + "the intended fallback.",
            fix: "Set up the webhook or Redis.", effort: .small, owner: "service", isUrgent: false),
        Rule(
            "tasks-missing", patterns: [7, 9],
            when: [.ailment(.tooFewTasks, .scaledToZero)],
            component: "ECS service", title: "A service runs fewer tasks than it should",
            cause: "Tasks stop or never start; the service's events say why.",
            fix: "Read the stopped tasks' reasons, fix the image or its settings, and deploy again.",
            command: "aws ecs describe-services --cluster \"$CLUSTER\" --services \"$SERVICE\" "
                + "--query 'services[].events[:5].message'",
            effort: .medium, owner: "platform", changes: [.service, .taskDefinition, .task, .image]),
        Rule(
            "task-unhealthy", patterns: [8], when: [.ailment(.taskUnhealthy)],
            component: "ECS task", title: "A running task fails its container health check",
            cause:
                "The container runs and its own health command fails or times out: it asks a wrong path or port, lacks "
                + "its program in the image, or the process behind it hangs.",
            fix: "Run the health command inside the task, compare its path and port with the service, and read the "
                + "task's log.",
            command: "aws ecs describe-tasks --cluster \"$CLUSTER\" --tasks \"$TASK\" "
                + "--query 'tasks[].containers[].[name,healthStatus,lastStatus,reason]' --output table",
            effort: .medium, owner: "platform", changes: [.taskDefinition, .image, .service, .task]),
        Rule(
            "resource-missing", patterns: [], when: [.missing()],
            component: "AWS", title: "A resource of the deployment does not exist",
            cause: "AWS knows nothing of the configured name: the resource was deleted or never made, or the "
                + "configuration names another one.",
            fix: "Compare the name with what exists, then apply the Terraform configuration or correct the name.",
            effort: .medium, owner: "platform"),
        Rule(
            "targets-unhealthy", patterns: [7, 8, 12],
            when: [.ailment(.targetUnhealthy, .noTarget, .noHealthyTarget)],
            component: "Load balancer", title: "A target group has no healthy target",
            cause: "The health check asks a wrong port or path, is too slow behind its own dependencies, or no task is "
                + "registered.",
            fix: "Compare the target group's port and path with the service (8001 and /health/alb), and its time-out.",
            command: "aws elbv2 describe-target-health --target-group-arn \"$TARGET_GROUP\"", effort: .small,
            owner: "network", changes: [.targetGroup, .taskDefinition, .service, .securityGroup]),
    ]
}
