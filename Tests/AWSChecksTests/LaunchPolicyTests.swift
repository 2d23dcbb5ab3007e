import AWSChecks
import Job
import RunModel
import Settings
import Testing

/// What starting instances of the service needs of IAM.
@Suite struct LaunchPolicyTests {
    private static func configuration() throws -> Configuration {
        try Configuration.parse(
            """
            environment: development
            services: { api: http://127.0.0.1:9 }
            aws: { region: us-east-1, cluster: hokusai-development }
            launch:
              ecs: { task_definition: 'arn:aws:ecs:us-east-1:1:task-definition/hokusai-api:7', container: c, roles: ['arn:aws:iam::1:role/api'] }
              variants: { without-memory-library: { SANDBOX_DEFECTS: memory-library-missing } }
            """, path: "test.yaml", environment: [:])
    }

    @Test func `the policy lets the task be run and its role be passed, and no other`() throws {
        let configuration = try Self.configuration()
        let descriptors = Catalogue.checks(for: configuration).map(\.descriptor).filter { $0.needs.contains(.launch) }
        let policy = AccessPolicy(for: descriptors, configuration: configuration)
        let statements = Dictionary(uniqueKeysWithValues: policy.statements.map { ($0.name, $0) })
        #expect(statements["RunInstances"]?.actions == ["ecs:RunTask"])
        #expect(statements["RunInstances"]?.resources == ["arn:aws:ecs:us-east-1:*:task-definition/hokusai-api:*"])
        #expect(statements["PassRoles"]?.resources == ["arn:aws:iam::1:role/api"])
        #expect(AccessPolicy(for: [], configuration: configuration).actions.isEmpty)
    }
}
