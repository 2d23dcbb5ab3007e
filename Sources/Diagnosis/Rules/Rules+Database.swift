/// Causes that show at PostgreSQL (contract §11, rows 14–17).
extension Rule {
    static let databaseRules: [Rule] = [
        Rule(
            "database-wrong-user", patterns: [14],
            when: [
                .error(of: .database, .authentication, says: [["password authentication failed", "user \"postgres\""]])
            ],
            component: "PostgreSQL", title: "The API logs in to PostgreSQL as the wrong user",
            cause: "The server refuses the user postgres: DB_USER is not set, so the default user is tried.",
            fix: "Set DB_USER to the application's user (mlflow by default) and deploy again.", effort: .small,
            owner: "database", changes: [.taskDefinition, .secret]),
        Rule(
            "database-password-drift", patterns: [15],
            when: [
                .error(
                    of: .database, .authentication, codes: ["28P01"],
                    says: [["password authentication failed"], ["28p01"]])
            ],
            component: "PostgreSQL", title: "PostgreSQL refuses the password",
            cause: "The user exists and the password does not fit: the secret and the server's password have drifted "
                + "apart, or a special character was not encoded in the connection URL.",
            fix: "Bring the secret and the server's password together again, then deploy the services that use it. "
                + "Lock the Terraform state, so that two runs cannot change the password side by side.",
            command: "aws rds modify-db-instance --db-instance-identifier \"$DB_INSTANCE\" "
                + "--master-user-password \"$NEW_PASSWORD\" --apply-immediately",
            effort: .medium, owner: "database", changes: [.databasePassword, .secret, .database]),
        Rule(
            "database-instance-missing", patterns: [], when: [.missing(.databaseInstance)],
            component: "RDS", title: "The database instance does not exist",
            cause: "AWS knows no database instance of the configured name: it was deleted or renamed, or the "
                + "configuration names another one.",
            fix:
                "Compare the name with the instances that exist; if it was deleted, restore it from its last snapshot.",
            command: "aws rds describe-db-snapshots --query "
                + "'reverse(sort_by(DBSnapshots, &SnapshotCreateTime))[:5].[DBInstanceIdentifier,DBSnapshotIdentifier]' "
                + "--output table",
            effort: .large, owner: "database", changes: [.database]),
        Rule(
            "database-missing", patterns: [16],
            when: [
                .error(
                    of: .database, .notFound, codes: ["3D000"], says: [["database", "does not exist"], ["3d000"]])
            ],
            component: "PostgreSQL", title: "The configured database does not exist on the server",
            cause: "The server answers and has no database of that name: names differ between the services "
                + "(mlflow and mlflow_db are the usual two).",
            fix: "Set DB_NAME to the name that exists, in every service alike.",
            command: "psql -h \"$DB_HOST\" -U \"$DB_USER\" -d postgres -Atc 'select datname from pg_database'",
            effort: .small, owner: "database", changes: [.database, .taskDefinition]),
        Rule(
            "database-connections-exhausted", patterns: [],
            when: [
                .error(of: .database, .exhausted),
                .says([["53300"], ["too many clients"], ["remaining connection slots"]]),
            ],
            component: "PostgreSQL", title: "PostgreSQL has no free connection slot",
            cause: "Every slot of max_connections is taken: a pool is too large or connections are leaked.",
            fix: "End the idle connections, bound the pools, and raise max_connections only then.",
            command: "psql -h \"$DB_HOST\" -U \"$DB_USER\" -d \"$DB_NAME\" -c \"select usename, state, count(*) "
                + "from pg_stat_activity group by 1, 2 order by 3 desc\"",
            effort: .medium, owner: "database"),
        Rule(
            "database-silent", patterns: [17],
            when: [
                .noConnection(to: .database, .timedOut, .silent), .error(of: .database, .timedOut),
            ],
            component: "Network to PostgreSQL", title: "PostgreSQL does not answer on its port",
            cause: "Packets to the database port vanish: its security group does not admit the caller, or the caller "
                + "stands in another subnet.",
            fix: "Admit the services' security group on the database's port.",
            command: "aws ec2 authorize-security-group-ingress --group-id \"$DB_SECURITY_GROUP\" --protocol tcp "
                + "--port 5432 --source-group \"$ECS_SECURITY_GROUP\"",
            terraform: """
                resource "aws_security_group_rule" "database_from_services" {
                  type                     = "ingress"
                  from_port                = 5432
                  to_port                  = 5432
                  protocol                 = "tcp"
                  security_group_id        = var.database_security_group_id
                  source_security_group_id = var.services_security_group_id
                }
                """,
            effort: .small, owner: "network", changes: [.securityGroup, .network, .database]),
        Rule(
            "database-refuses", patterns: [],
            when: [
                .noConnection(to: .database, .refused, .unreachable, .reset, .other),
                .error(of: .database, .refused),
            ],
            component: "PostgreSQL", title: "Nothing listens on the database's port",
            cause: "The host answers and refuses: the server is stopped, still starting, or listens on another port.",
            fix: "Start the database or correct DB_HOST and DB_PORT.",
            command: "aws rds describe-db-instances --query "
                + "'DBInstances[].[DBInstanceIdentifier,DBInstanceStatus,Endpoint.Port]' --output table",
            effort: .medium, owner: "database", changes: [.database, .taskDefinition]),
    ]
}
