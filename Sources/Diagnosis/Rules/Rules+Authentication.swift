/// Causes that show at the auth service and at keys (contract §11, rows 20–28 and 42).
extension Rule {
    static let authenticationRules: [Rule] = [
        Rule(
            "auth-service-down", patterns: [22],
            when: [
                .noConnection(to: .auth, .refused, .timedOut, .silent, .unreachable, .reset, .other),
                .answer(of: .auth, status: [502, 503]), .error(of: .auth, .refused, .timedOut, .connectionLost),
                .says(
                    [["authentication service"], ["auth", "connection refused"]], without: ["registry_admin_required"]),
            ],
            component: "Auth service", title: "The auth service does not answer",
            cause: "Keys cannot be validated because the auth service is down or too slow; the API then refuses "
                + "everybody.",
            fix: "Start the auth service again; look at its load balancer, its database and its last deployment.",
            command: "aws ecs update-service --cluster \"$CLUSTER\" --service \"$AUTH_SERVICE\" "
                + "--force-new-deployment",
            effort: .medium, owner: "identity", changes: [.service, .taskDefinition, .task, .securityGroup]),
        Rule(
            "registry-admin-required", patterns: [25],
            when: [.says([["registry_admin_required"]])],
            component: "Key scopes", title: "The key has no admin scope for the registry",
            cause: "Every registry path asks for an admin key since the registry was locked down. This is intended.",
            fix: "Give the pipeline a key with the admin scope.", effort: .small, owner: "identity"),
        Rule(
            "key-scope-missing", patterns: [28],
            when: [
                .says([["required_scope"]]), .answer(status: [403], says: [["scope"]]),
            ],
            component: "Key scopes", title: "The key lacks a scope",
            cause: "The key is valid and may only read.",
            fix: "Issue a key with the scope that the answer names (model:write for registration).", effort: .small,
            owner: "identity"),
        Rule(
            "billing-refused", patterns: [42],
            when: [
                .answer(status: [402]), .says([["payment required"]]),
            ],
            component: "Billing", title: "The account of the key has no balance",
            cause: "The call was refused by billing before it reached the service; this is no outage.",
            fix: "Top the account up or use a key of a test account.", effort: .small, owner: "identity",
            isUrgent: false),
        Rule(
            "auth-service-id-wrong", patterns: [20, 26],
            when: [.says([["invalid or expired api key"], ["service id", "unknown"]])],
            component: "Auth service", title: "A good key is refused as invalid or expired",
            cause: "The service asks the auth service under an id that it does not know, so every key looks invalid. "
                + "A key that really expired looks the same.",
            fix: "Set AUTH_SERVICE_ID (and HOKUSAI_AUTH_SERVICE_ID of the gateway) to platform; then try a key that is "
                + "known to be good.",
            effort: .small, owner: "identity", changes: [.taskDefinition, .configuration]),
        Rule(
            "key-not-forwarded", patterns: [24],
            when: [
                .lost(.key), .says([["api key required"]], through: .mlflow),
            ],
            component: "MLflow proxy", title: "The proxy drops the key on the way to MLflow",
            cause: "The API accepts the key and MLflow behind it asks for one: the proxy removes the Authorization and "
                + "X-API-Key headers.",
            fix: "Forward both headers in the proxy.", effort: .small, owner: "registry"),
        Rule(
            "key-channel-mismatch", patterns: [21], when: [.says([["api key required"]])],
            component: "Auth service", title: "The key does not arrive where it is looked for",
            cause: "The key is sent in the body and looked for in the Authorization header, or the reverse.",
            fix: "Send it as a Bearer token, and the service id in the body.", effort: .small, owner: "identity"),
        Rule(
            "auth-routed-to-registry", patterns: [23],
            when: [
                .misrouted(.auth, to: .api), .answer(of: .auth, status: [404], by: [.api]),
            ],
            component: "Load balancer", title: "Calls to the auth host reach the registry API",
            cause: "A rule of the shared load balancer takes /api* whatever the host.",
            fix: "Add a host condition to the rule, or give each service a load balancer of its own.", effort: .medium,
            owner: "network", changes: [.listenerRule, .loadBalancer]),
    ]
}
