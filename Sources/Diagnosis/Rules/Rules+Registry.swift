/// Causes that show at the MLflow routes and their host checks (contract §11, rows 27, 29–34, 44, 46), and what the proxy loses (§13).
extension Rule {
    static let registryRules: [Rule] = [
        Rule(
            "proxy-loses-parts", patterns: [],
            when: [.lost(.body, .repeatedQuery)],
            component: "MLflow proxy", title: "The proxy drops parts of a request",
            cause: "It forwards bodies of POST, PUT and PATCH only and reads the query into a map, so that a DELETE "
                + "loses its body and a repeated parameter all its values but the last.",
            fix: "Forward the body whatever the method, and the query string as it came.", effort: .small,
            owner: "registry", changes: [.image, .code]),
        Rule(
            "bare-api-mount", patterns: [31], when: [.lost(.prefix)],
            component: "MLflow proxy", title: "The bare /api/2.0 route loses its prefix on the way to MLflow",
            cause: "The mount hands on what stands behind /api/2.0/mlflow, which MLflow does not know.",
            fix: "Use <host>/api/mlflow as the tracking URI; map the mount to the whole path, or take it away.",
            effort: .small, owner: "registry", changes: [.image, .code]),
        Rule(
            "proxy-routed-to-mlflow", patterns: [29, 32],
            when: [.misrouted(to: .mlflow, pathPrefix: "/api/mlflow")],
            component: "Load balancer", title: "Proxy paths end at MLflow itself",
            cause: "A listener rule sends /api/mlflow/* to MLflow, which serves its API elsewhere under its static "
                + "prefix.",
            fix: "Give /api/mlflow/* a rule to the API before the one that matches /mlflow*.", effort: .small,
            owner: "network", changes: [.listenerRule]),
        Rule(
            "mlflow-host-check", patterns: [27],
            when: [
                .says([["invalid host"]]), .answer(status: [403], says: [["host header"]]),
            ],
            component: "MLflow", title: "MLflow refuses the Host header",
            cause: "MLflow checks the host against a list, and the name with its port is not on it.",
            fix: "Add the name with and without the port to MLFLOW_ALLOWED_HOSTS.", effort: .small, owner: "registry"),
        Rule(
            "artifact-name-encoding", patterns: [],
            when: [.artifactChanged(.nameEncoding)],
            component: "MLflow", title: "Artifact names beyond ASCII break MLflow's artifact routes",
            cause: "Bytes and plain names come back whole; the server fails on the percent-encoded name itself.",
            fix: "Keep artifact names to ASCII until the server is fixed; report it with the evidence of the check.",
            effort: .small, owner: "registry", changes: [.image, .code]),
        Rule(
            "artifact-corrupted", patterns: [], when: [.artifactChanged(.content)],
            component: "Artifact storage", title: "Artifacts come back with other bytes",
            cause:
                "What is read differs from what was stored, whatever the name: a proxy on the way changes bodies, or "
                + "the store damages objects.",
            fix: "Compare an artifact's SHA-256 in the store, at MLflow and behind the proxy: the first place where it "
                + "differs is at fault.",
            effort: .medium, owner: "registry", changes: [.image, .bucket, .code]),
        Rule(
            "artifacts-disabled", patterns: [34],
            when: [
                .says([["artifacts_disabled"], ["accessdenied"]]),
                .answer(status: [404, 500], pathContains: ["artifact"]), .artifactChanged(.missing),
            ],
            component: "Artifact storage", title: "Artifacts cannot be stored or read",
            cause: "Artifact serving is switched off, has no destination, or its role may not use the bucket.",
            fix: "Start MLflow with --serve-artifacts and a destination, and let its task role read and write there.",
            effort: .medium, owner: "registry", changes: [.taskDefinition, .bucket, .identity]),
        Rule(
            "max-results-missing", patterns: [33],
            when: [.says([["invalid_parameter_value", "max_results"]])],
            component: "Client", title: "A search was sent without max_results",
            cause: "MLflow wants the parameter; this is a fault of the caller and no outage.",
            fix: "Send max_results.", effort: .small, owner: "registry", isUrgent: false, changes: [.image, .code]),
        Rule(
            "artifacts-expire", patterns: [44],
            when: [.setting(of: .bucket, .expiry)],
            component: "Artifact storage", title: "Artifacts are deleted after a few days",
            cause: "A lifecycle rule of the bucket expires objects that models still refer to.",
            fix: "Let the rule expire them after 90 days at the earliest, or not at all.", effort: .small,
            owner: "platform", changes: [.bucket]),
        Rule(
            "target-group-path", patterns: [46],
            when: [.ailment(.targetUnhealthy, named: "mlflow", says: [["401"]])],
            component: "Load balancer", title: "MLflow's target group asks a path that wants a key",
            cause: "The health check asks /mlflow, which the gateway answers with 401.",
            fix: "Let the health check ask /mlflow/health.",
            command: "aws elbv2 modify-target-group --target-group-arn \"$TARGET_GROUP\" "
                + "--health-check-path /mlflow/health",
            effort: .small, owner: "network", changes: [.targetGroup, .taskDefinition]),
        Rule(
            "https-rules-missing", patterns: [30],
            when: [.missing(.listenerRule)],
            component: "Load balancer", title: "The HTTPS listener has no rules",
            cause: "HTTPS ends in the listener's default answer while HTTP is routed.",
            fix: "Give the HTTPS listener the rules of the HTTP listener.", effort: .small, owner: "network",
            changes: [.listenerRule, .loadBalancer]),
    ]
}
