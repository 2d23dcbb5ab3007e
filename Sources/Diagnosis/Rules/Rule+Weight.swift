import RunModel

extension Rule {
    /// What the fault of each rule means for people and what its fix takes, by the rule's id.
    static let weights: [String: Weight] = databaseWeights.merging(authenticationWeights) { $1 }
        .merging(registryWeights) { $1 }.merging(mlflowWeights) { $1 }.merging(deploymentWeights) { $1 }
        .merging(serviceWeights) { $1 }

    /// Nil for a rule that nobody has weighed; then its check decides.
    public var weight: Weight? { Self.weights[id] }

    private static let databaseWeights: [String: Weight] = [
        "database-wrong-user": Weight(
            .critical, .clients, "Clients cannot store or read anything that the API keeps in PostgreSQL.", .setting,
            prevention: "Let the deployment fail when DB_USER is not set."),
        "database-password-drift": Weight(
            .critical, .clients, "Clients cannot store or read anything: no service can log in to PostgreSQL.",
            .setting,
            prevention: "Rotate the password by one job that writes server and secret together, under the state's lock."
        ),
        "database-instance-missing": Weight(
            .critical, .clients, "Clients cannot store or read anything: the data are not there.", .code,
            prevention: "Switch deletion protection on and rehearse a restore."),
        "database-missing": Weight(
            .critical, .clients, "Clients cannot store or read anything that lies in this database.", .setting,
            prevention: "Take the name from one place for every service."),
        "database-connections-exhausted": Weight(
            .critical, .clients, "Clients are refused as soon as a request needs the database.", .infrastructure,
            prevention: "Alarm on 80 % of max_connections and bound every pool."),
        "database-silent": Weight(
            .critical, .clients, "Clients wait in vain: requests that need the database end in a time-out.",
            .infrastructure,
            prevention: "Keep the rule in Terraform and compare it on every change of a security group."),
        "database-refuses": Weight(
            .critical, .clients, "Clients cannot store or read anything while the database is away.", .investigation,
            prevention: "Alarm on the instance's status and keep a standby."),
    ]

    private static let authenticationWeights: [String: Weight] = [
        "auth-service-down": Weight(
            .critical, .clients, "Clients cannot use any path that wants a key.", .investigation,
            prevention: "Run at least two tasks of the auth service and alarm when one is gone."),
        "registry-admin-required": Weight(
            .medium, .nobody, "This pipeline cannot look at the registry; clients with an admin key can.", .setting,
            prevention: "Issue the pipeline's key with its scope from one place."),
        "key-scope-missing": Weight(
            .high, .clients, "The holder of this key cannot register models.", .setting,
            prevention: "Check the scopes of a key when it is issued."),
        "billing-refused": Weight(
            .low, .nobody, "Only the account of this key is refused.", .command,
            prevention: "Use an account for tests that is not billed."),
        "auth-service-id-wrong": Weight(
            .critical, .clients, "Clients with a good key get the answer that it is invalid.", .setting,
            prevention: "Validate one known key in the deployment's own smoke test."),
        "key-not-forwarded": Weight(
            .critical, .clients, "Clients cannot reach MLflow although their key is good.", .code,
            prevention: "Add a test that sends a key through the proxy and asks MLflow what came."),
        "key-channel-mismatch": Weight(
            .high, .clients, "Clients cannot log in the way that the documentation tells them.", .code,
            prevention: "Test the documented login in the client's own suite."),
        "auth-routed-to-registry": Weight(
            .critical, .clients, "Clients cannot obtain or validate keys at the auth host.", .infrastructure,
            prevention: "Test every rule of the listener with a request for each host."),
    ]

    private static let registryWeights: [String: Weight] = [
        "proxy-loses-parts": Weight(
            .high, .clients,
            "Clients cannot delete models or versions, or filter by several values, through the proxy.",
            .code, prevention: "Send every method with a body and a repeated parameter through the proxy in its tests."),
        "bare-api-mount": Weight(
            .medium, .clients, "Clients that use the bare /api/2.0 address cannot reach MLflow.", .code,
            prevention: "Test each documented tracking address with one search."),
        "proxy-routed-to-mlflow": Weight(
            .critical, .clients, "Clients cannot use MLflow's API under the documented address.", .infrastructure,
            prevention: "Test every rule of the listener with a request for each path."),
        "mlflow-host-check": Weight(
            .high, .clients, "Clients under this host name cannot use MLflow.", .setting,
            prevention: "Derive the list of allowed hosts from the listener's rules."),
        "artifact-name-encoding": Weight(
            .low, .clients, "Clients cannot store artifacts whose names hold letters beyond ASCII.", .code,
            prevention: "Add a name beyond ASCII to the artifact tests."),
        "artifact-corrupted": Weight(
            .critical, .clients, "Clients read other bytes than they stored.", .investigation,
            prevention: "Keep a checksum with every artifact and compare it on reading."),
        "artifacts-disabled": Weight(
            .high, .clients, "Clients cannot upload or download the files of a model.", .setting,
            prevention: "Upload and read back one small artifact after each deployment."),
        "max-results-missing": Weight(
            .low, .nobody, "Only the caller that leaves the parameter out is refused.", .code,
            prevention: "Let the client library set the parameter."),
        "artifacts-expire": Weight(
            .critical, .clients, "Clients lose the files of their models after a few days.", .infrastructure,
            prevention: "Deny lifecycle rules under 90 days on the artifact bucket by policy."),
        "target-group-path": Weight(
            .high, .clients, "Clients lose MLflow whenever the load balancer takes it out of service.", .infrastructure,
            prevention: "Ask the health path once in the pipeline before it is put into the target group."),
        "https-rules-missing": Weight(
            .critical, .clients, "Clients over HTTPS reach nothing.", .infrastructure,
            prevention: "Make both listeners from one list of rules in Terraform."),
    ]

    private static let mlflowWeights: [String: Weight] = [
        "mlflow-name-unresolved": Weight(
            .critical, .clients, "Clients cannot read or register models: the API does not find MLflow.", .setting,
            prevention: "Resolve the configured name in the task's start, and fail there."),
        "mlflow-certificate": Weight(
            .critical, .clients, "Clients cannot read or register models: the API does not trust MLflow.", .setting,
            prevention: "Alarm 30 days before a certificate ends, and switch TLS on at both sides together."),
        "mlflow-blocked-by-network": Weight(
            .critical, .clients, "Clients wait in vain whenever they read or register models.", .infrastructure,
            prevention: "Keep the rule in Terraform and compare it on every change of a security group."),
        "mlflow-down": Weight(
            .critical, .clients, "Clients cannot read or register models.", .investigation,
            prevention: "Alarm when the service runs fewer tasks than it should."),
        "breaker-serialization": Weight(
            .medium, .operators, "Operators cannot read the breaker's state while it matters.", .code,
            prevention: "Test the page with the breaker in each of its states."),
        "breaker-back-off-constant": Weight(
            .low, .operators, "Operators see MLflow probed at one rate however long its outage lasts.", .code,
            prevention: "Test the waits of five failed recoveries in a row."),
        "mlflow-urls-differ": Weight(
            .medium, .hindered, "Clients may get through while health says no, or the reverse.", .setting,
            prevention: "Set one variable and derive the other from it."),
    ]

    private static let deploymentWeights: [String: Weight] = [
        "image-architecture": Weight(
            .critical, .clients, "The service cannot start, so clients cannot use it.", .command,
            prevention: "Name the platform in the pipeline's build."),
        "image-broken": Weight(
            .critical, .clients, "The service cannot start, so clients cannot use it.", .command,
            prevention: "Let the pipeline start each image once before it is released."),
        "image-outdated": Weight(
            .high, .hindered, "Clients still meet faults whose fix is merged.", .command,
            prevention: "Deploy by digest and compare it after each deployment."),
        "setting-reverted": Weight(
            .high, .hindered, "Clients meet a behaviour that was already corrected.", .setting,
            prevention: "Let one deployment at a time hold the lock."),
        "secret-unreadable": Weight(
            .critical, .clients, "The service cannot start, so clients cannot use it.", .setting,
            prevention: "Check the execution role's policy against the secrets of the task definition."),
        "settings-missing": Weight(
            .high, .hindered, "What depends on the setting does not work, or cannot be tested.", .setting,
            prevention: "List mandatory settings in one place and fail the deployment without them."),
        "redis-url": Weight(
            .high, .hindered, "Clients keep the old version, because the deployment rolls back.", .setting,
            prevention: "Parse the URL in the task's start, and fail there."),
        "redis-unreachable": Weight(
            .high, .hindered, "Clients wait longer for every request with a key; messages are not kept.",
            .infrastructure, prevention: "Alarm on the connections that Redis serves."),
        "queue-fallback": Weight(
            .low, .nobody, "Messages live in memory only, as intended without a queue.", .setting,
            prevention: "Configure the webhook or Redis where messages matter."),
        "tasks-missing": Weight(
            .critical, .clients, "Clients of the service are refused or wait.", .investigation,
            prevention: "Alarm when a service runs fewer tasks than it should."),
        "task-unhealthy": Weight(
            .high, .hindered, "Clients are interrupted whenever ECS replaces the task.", .investigation,
            prevention: "Run the container's health command in the pipeline."),
        "resource-missing": Weight(
            .high, .operators, "Operators look after something that is not there, or not under this name.",
            .infrastructure, prevention: "Take names from Terraform's outputs."),
        "targets-unhealthy": Weight(
            .critical, .clients, "Clients get 503 from the load balancer.", .infrastructure,
            prevention: "Ask the health path once in the pipeline before it is put into the target group."),
    ]

    private static let serviceWeights: [String: Weight] = [
        "health-detail-defect": Weight(
            .low, .operators, "Operators see no details of the service's health.", .code,
            prevention: "Ask the page once in the service's own tests."),
        "event-loop-blocked": Weight(
            .high, .clients, "Clients of every path wait while one dependency hangs.", .code,
            prevention: "Measure liveness next to a hanging dependency in the service's own tests."),
        "version-constant": Weight(
            .low, .operators, "Operators cannot tell which commit runs.", .setting,
            prevention: "Fail the build when the commit is not handed to it."),
        "cold-start": Weight(
            .low, .nobody, "Clients are served once the service is warm.", .command,
            prevention: "Wait for readiness before a run begins."),
        "contributions-bucket": Weight(
            .medium, .clients, "Clients cannot store contributions.", .setting,
            prevention: "List the bucket among the mandatory settings."),
        "huggingface-token": Weight(
            .medium, .hindered, "Clients cannot use models that are fetched from HuggingFace.", .setting,
            prevention: "Apply Terraform in the pipeline that merges it."),
        "name-unresolved": Weight(
            .high, .hindered, "Whoever uses this name reaches nothing from here.", .setting,
            prevention: "Resolve every configured name when the configuration changes."),
        "certificate-untrusted": Weight(
            .critical, .clients, "Clients that verify certificates, as all should, cannot connect.", .setting,
            prevention: "Renew certificates automatically and alarm 30 days before they end."),
        "no-healthy-target": Weight(
            .critical, .clients, "Clients get an error of the load balancer instead of the service.", .investigation,
            prevention: "Alarm on the number of healthy targets."),
        "protocol-mismatch": Weight(
            .high, .clients, "Clients cannot connect to this address.", .setting,
            prevention: "Keep scheme and port in one place for both sides."),
        "service-silent": Weight(
            .critical, .clients, "Clients wait in vain at this address.", .infrastructure,
            prevention: "Keep the rule in Terraform and compare it on every change of a security group."),
        "service-refuses": Weight(
            .critical, .clients, "Clients cannot connect to this service.", .investigation,
            prevention: "Alarm when the service runs fewer tasks than it should."),
    ]
}
