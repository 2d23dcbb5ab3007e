/// Causes that show at the MLflow routes and their host checks (contract §11, rows 27, 29–34, 44, 46).
extension Rule {
    static let registryRules: [Rule] = [
        Rule(
            "mlflow-host-check", patterns: [27],
            when: Symptom(words: [["invalid host"], ["403", "host header"]]),
            component: "MLflow", title: "MLflow refuses the Host header",
            cause: "MLflow checks the host against a list, and the name with its port is not on it.",
            fix: "Add the name with and without the port to MLFLOW_ALLOWED_HOSTS.", effort: .small, owner: "registry"),
        Rule(
            "artifacts-disabled", patterns: [34],
            when: Symptom(words: [["artifacts_disabled"], ["artifact", "404"], ["artifact", "500"], ["accessdenied"]]),
            component: "Artifact storage", title: "Artifacts cannot be stored or read",
            cause: "Artifact serving is switched off, has no destination, or its role may not use the bucket.",
            fix: "Start MLflow with --serve-artifacts and a destination, and let its task role read and write there.",
            effort: .medium, owner: "registry"),
        Rule(
            "max-results-missing", patterns: [33],
            when: Symptom(words: [["invalid_parameter_value", "max_results"]]),
            component: "Client", title: "A search was sent without max_results",
            cause: "MLflow wants the parameter; this is a fault of the caller and no outage.",
            fix: "Send max_results.", effort: .small, owner: "registry", isUrgent: false),
        Rule(
            "artifacts-expire", patterns: [44],
            when: Symptom(words: [["lifecycle", "expir"], ["lifecycle", "expires"]]),
            component: "Artifact storage", title: "Artifacts are deleted after a few days",
            cause: "A lifecycle rule of the bucket expires objects that models still refer to.",
            fix: "Let the rule expire them after 90 days at the earliest, or not at all.", effort: .small,
            owner: "platform"),
        Rule(
            "target-group-path", patterns: [46],
            when: Symptom(categories: [.aws], words: [["mlflow", "unhealthy", "401"]]),
            component: "Load balancer", title: "MLflow's target group asks a path that wants a key",
            cause: "The health check asks /mlflow, which the gateway answers with 401.",
            fix: "Let the health check ask /mlflow/health.",
            command: "aws elbv2 modify-target-group --target-group-arn \"$TARGET_GROUP\" "
                + "--health-check-path /mlflow/health",
            effort: .small, owner: "network"),
        Rule(
            "https-rules-missing", patterns: [30],
            when: Symptom(words: [["https", "404", "not found", "listener"]]),
            component: "Load balancer", title: "The HTTPS listener has no rules",
            cause: "HTTPS ends in the listener's default answer while HTTP is routed.",
            fix: "Give the HTTPS listener the rules of the HTTP listener.", effort: .small, owner: "network"),
    ]
}
