"""The resource types and properties that the emulator reads, and those that make no difference on a laptop.

Source of the names: the CloudFormation Template Reference and the SAM specification, November 2026.
"""

from __future__ import annotations

from typing import NamedTuple


class KnownProperties(NamedTuple):
    """The properties of one resource type. `inert` make no difference here; `ignored` would make one in AWS."""

    read: frozenset[str]
    inert: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()


def _known(read: str, inert: str = "", ignored: str = "") -> KnownProperties:
    return KnownProperties(frozenset(read.split()), frozenset(inert.split()), frozenset(ignored.split()))


FUNCTION_READ = "DeadLetterConfig Environment FunctionName Handler Layers LoggingConfig MemorySize PackageType "
FUNCTION_READ += "ReservedConcurrentExecutions Runtime Timeout"
FUNCTION_INERT = "Architectures CodeSigningConfigArn Description KmsKeyArn Role RuntimeManagementConfig "
FUNCTION_INERT += "SnapStart SourceKMSKeyArn Tags TracingConfig Tracing PublishToLatestPublished"
FUNCTION_IGNORED = "CapacityProviderConfig DurableConfig EphemeralStorage FileSystemConfigs FunctionScalingConfig "
FUNCTION_IGNORED += "ImageConfig ProvisionedConcurrencyConfig RecursiveLoop TenancyConfig VpcConfig"
SAM_INERT = "AssumeRolePolicyDocument AutoPublishAliasAllProperties AutoPublishCodeSha256 DeploymentPreference "
SAM_INERT += "PermissionsBoundary Policies PropagateTags RolePath VersionDeletionPolicy VersionDescription"

KNOWN = {
    "AWS::Serverless::Function": _known(
        f"{FUNCTION_READ} AutoPublishAlias CodeUri DeadLetterQueue EventInvokeConfig Events FunctionUrlConfig ImageUri "
        "InlineCode",
        f"{FUNCTION_INERT} {SAM_INERT}",
        FUNCTION_IGNORED,
    ),
    "AWS::Lambda::Url": _known("AuthType Cors InvokeMode Qualifier TargetFunctionArn"),
    "AWS::Lambda::Function": _known(f"{FUNCTION_READ} Code", FUNCTION_INERT, FUNCTION_IGNORED),
    "AWS::Serverless::WebSocketApi": _known(
        "ApiKeySelectionExpression Auth DisableExecuteApiEndpoint DefaultRouteSettings Domain Name "
        "RouteSelectionExpression RouteSettings Routes StageName StageVariables",
        "AccessLogSettings Description DisableSchemaValidation FailOnWarnings IpAddressType PropagateTags Tags",
    ),
    "AWS::Serverless::SimpleTable": _known(
        "PrimaryKey ProvisionedThroughput TableName", "PointInTimeRecoverySpecification SSESpecification Tags"
    ),
    "AWS::Serverless::LayerVersion": _known(
        "ContentUri LayerName",
        "CompatibleArchitectures CompatibleRuntimes Description LicenseInfo PublishLambdaVersion RetentionPolicy",
    ),
    "AWS::Lambda::LayerVersion": _known(
        "Content LayerName", "CompatibleArchitectures CompatibleRuntimes Description LicenseInfo"
    ),
    "AWS::ApiGatewayV2::Api": _known(
        "ApiKeySelectionExpression DisableExecuteApiEndpoint Name ProtocolType RouteSelectionExpression",
        "Description DisableSchemaValidation FailOnWarnings IpAddressType Tags",
        "BasePath Body BodyS3Location CorsConfiguration CredentialsArn RouteKey Target Version",
    ),
    "AWS::ApiGatewayV2::Stage": _known(
        "ApiId AutoDeploy DefaultRouteSettings DeploymentId RouteSettings StageName StageVariables",
        "AccessLogSettings Description Tags",
        "AccessPolicyId ClientCertificateId",
    ),
    "AWS::ApiGatewayV2::Deployment": _known("ApiId StageName", "Description"),
    "AWS::ApiGatewayV2::Route": _known(
        "ApiId ApiKeyRequired AuthorizationType AuthorizerId ModelSelectionExpression RequestModels RouteKey "
        "RouteResponseSelectionExpression Target",
        "OperationName",
        "AuthorizationScopes RequestParameters",
    ),
    "AWS::ApiGatewayV2::RouteResponse": _known(
        "ApiId RouteId RouteResponseKey", "", "ModelSelectionExpression ResponseModels ResponseParameters"
    ),
    "AWS::ApiGatewayV2::Integration": _known(
        "ApiId ConnectionId ConnectionType ContentHandlingStrategy CredentialsArn IntegrationMethod IntegrationType "
        "IntegrationUri PassthroughBehavior RequestParameters RequestTemplates TemplateSelectionExpression "
        "TimeoutInMillis",
        "Description PayloadFormatVersion",
        "IntegrationSubtype ResponseParameters TlsConfig",
    ),
    "AWS::ApiGatewayV2::IntegrationResponse": _known(
        "ApiId IntegrationId IntegrationResponseKey ResponseTemplates TemplateSelectionExpression",
        "",
        "ContentHandlingStrategy ResponseParameters",
    ),
    "AWS::ApiGatewayV2::Authorizer": _known(
        "ApiId AuthorizerCredentialsArn AuthorizerType AuthorizerUri IdentitySource Name",
        "AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds",  # refused_by_aws.py names them
        "EnableSimpleResponses IdentityValidationExpression JwtConfiguration",
    ),
    "AWS::ApiGatewayV2::Model": _known("ApiId Name Schema", "ContentType Description"),
    "AWS::Lambda::EventInvokeConfig": _known(
        "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier"
    ),
    "AWS::DynamoDB::Table": _known(
        "AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes ProvisionedThroughput "
        "StreamSpecification TableName TimeToLiveSpecification",
        "ContributorInsightsSpecification DeletionProtectionEnabled OnDemandThroughput "
        "PointInTimeRecoverySpecification ResourcePolicy SSESpecification TableClass Tags WarmThroughput",
        "GlobalTableSettingsReplicationMode GlobalTableSourceArn ImportSourceSpecification KinesisStreamSpecification",
    ),
    "AWS::SQS::Queue": _known(
        "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit MaximumMessageSize "
        "MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedrivePolicy VisibilityTimeout",
        "KmsDataKeyReusePeriodSeconds KmsMasterKeyId RedriveAllowPolicy SqsManagedSseEnabled Tags",
    ),
    "AWS::SNS::Topic": _known(
        "ContentBasedDeduplication FifoTopic Subscription TopicName",
        "DataProtectionPolicy DisplayName FifoThroughputScope KmsMasterKeyId SignatureVersion Tags TracingConfig",
        "ArchivePolicy DeliveryStatusLogging",
    ),
    "AWS::SNS::Subscription": _known(
        "Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery TopicArn",
        "Region SubscriptionRoleArn",
        "DeliveryPolicy RedrivePolicy ReplayPolicy",
    ),
    "AWS::S3::Bucket": _known(
        "BucketName CorsConfiguration NotificationConfiguration Tags VersioningConfiguration",
        "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption BucketNamePrefix "
        "BucketNamespace IntelligentTieringConfigurations InventoryConfigurations LoggingConfiguration "
        "MetadataConfiguration MetadataTableConfiguration MetricsConfigurations OwnershipControls "
        "PublicAccessBlockConfiguration",
        "LifecycleConfiguration ObjectLockConfiguration ObjectLockEnabled ReplicationConfiguration "
        "WebsiteConfiguration",
    ),
    "AWS::Events::EventBus": _known(
        "Name", "Description KmsKeyIdentifier LogConfig Policy Tags", "DeadLetterConfig EventSourceName"
    ),
    "AWS::Events::Rule": _known(
        "EventBusName EventPattern Name ScheduleExpression State Targets", "Description RoleArn Tags"
    ),
    "AWS::Scheduler::Schedule": _known(
        "EndDate Name ScheduleExpression ScheduleExpressionTimezone StartDate State Target",
        "Description FlexibleTimeWindow GroupName KmsKeyArn",
    ),
    "AWS::Lambda::EventSourceMapping": _known(
        "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled EventSourceArn FilterCriteria FunctionName "
        "FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts "
        "ScalingConfig StartingPosition TumblingWindowInSeconds",
        "KmsKeyArn LoggingConfig MetricsConfig ParallelizationFactor Tags",
        "AmazonManagedKafkaEventSourceConfig DocumentDBEventSourceConfig ProvisionedPollerConfig Queues "
        "SelfManagedEventSource SelfManagedKafkaEventSourceConfig SourceAccessConfigurations StartingPositionTimestamp "
        "Topics",
    ),
    "AWS::SecretsManager::Secret": _known(
        "GenerateSecretString Name SecretString", "Description KmsKeyId Tags Type", "ReplicaRegions"
    ),
    "AWS::Cognito::UserPool": _known(
        "AdminCreateUserConfig AliasAttributes AutoVerifiedAttributes MfaConfiguration Policies Schema "
        "UsernameAttributes UsernameConfiguration UserPoolName",
        "AccountRecoverySetting DeletionProtection DeviceConfiguration EmailAuthenticationMessage "
        "EmailAuthenticationSubject EmailConfiguration EmailVerificationMessage EmailVerificationSubject EnabledMfas "
        "SmsAuthenticationMessage SmsConfiguration SmsVerificationMessage UserAttributeUpdateSettings UserPoolAddOns "
        "UserPoolTags UserPoolTier VerificationMessageTemplate WebAuthnRelyingPartyID WebAuthnUserVerification",
        "LambdaConfig",
    ),
    "AWS::Cognito::UserPoolClient": _known(
        "AccessTokenValidity AllowedOAuthFlows AllowedOAuthFlowsUserPoolClient AllowedOAuthScopes CallbackURLs "
        "ClientName DefaultRedirectURI ExplicitAuthFlows GenerateSecret IdTokenValidity LogoutURLs ReadAttributes "
        "RefreshTokenValidity SupportedIdentityProviders TokenValidityUnits UserPoolId WriteAttributes",
        "AnalyticsConfiguration AuthSessionValidity EnablePropagateAdditionalUserContextData EnableTokenRevocation "
        "PreventUserExistenceErrors RefreshTokenRotation",
    ),
    "AWS::SSM::Parameter": _known("Name Type Value", "AllowedPattern DataType Description Policies Tags Tier"),
    "AWS::ApiGateway::ApiKey": _known("Enabled Name Value", "CustomerId Description GenerateDistinctId StageKeys Tags"),
    "AWS::ApiGateway::UsagePlan": _known("ApiStages", "Description Tags UsagePlanName", "Quota Throttle"),
    "AWS::ApiGateway::UsagePlanKey": _known("KeyId KeyType UsagePlanId"),
}
"""The types whose properties are checked, by their names in templates."""

URL_CORS = "AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge"
LOGGING = "ApplicationLogLevel LogFormat LogGroup SystemLogLevel"
ROUTE_SETTINGS = _known(
    "ThrottlingBurstLimit ThrottlingRateLimit", "DataTraceEnabled DetailedMetricsEnabled LoggingLevel"
)
RETRIES = "DeadLetterConfig RetryPolicy"
"""EventBridge follows these properties if it cannot deliver an event. The emulator always delivers to functions."""

# Keys of mappings below a resource, by type and property; `*` stands for each entry of a mapping or list.
NESTED = {
    ("AWS::Serverless::WebSocketApi", "Auth"): _known("AuthArn AuthType IdentitySource InvokeRole Name"),
    ("AWS::Serverless::WebSocketApi", "Routes", "*"): _known(
        "ApiKeyRequired FunctionArn IntegrationTimeout ModelSelectionExpression OperationName RequestModels "
        "RequestParameters RouteResponseSelectionExpression"
    ),
    ("AWS::Serverless::WebSocketApi", "DefaultRouteSettings"): ROUTE_SETTINGS,
    ("AWS::Serverless::WebSocketApi", "RouteSettings", "*"): ROUTE_SETTINGS,
    ("AWS::ApiGatewayV2::Stage", "DefaultRouteSettings"): ROUTE_SETTINGS,
    ("AWS::ApiGatewayV2::Stage", "RouteSettings", "*"): ROUTE_SETTINGS,
    ("AWS::Serverless::Function", "Environment"): _known("Variables"),
    ("AWS::Lambda::Function", "Environment"): _known("Variables"),
    ("AWS::Serverless::Function", "EventInvokeConfig"): _known(
        "DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts"
    ),
    ("AWS::Serverless::Function", "FunctionUrlConfig"): _known("AuthType Cors InvokeMode"),
    ("AWS::Serverless::Function", "FunctionUrlConfig", "Cors"): _known(URL_CORS),
    ("AWS::Lambda::Url", "Cors"): _known(URL_CORS),
    ("AWS::Serverless::Function", "LoggingConfig"): _known(LOGGING),
    ("AWS::Lambda::Function", "LoggingConfig"): _known(LOGGING),
    ("AWS::Lambda::EventSourceMapping", "ScalingConfig"): _known("MaximumConcurrency"),
    ("AWS::SQS::Queue", "RedrivePolicy"): _known("deadLetterTargetArn maxReceiveCount"),
    ("AWS::S3::Bucket", "NotificationConfiguration"): _known(
        "EventBridgeConfiguration LambdaConfigurations QueueConfigurations TopicConfigurations"
    ),
    ("AWS::Events::Rule", "Targets", "*"): _known(
        "Arn Id Input InputPath InputTransformer SqsParameters",
        f"{RETRIES} RoleArn",
        "AppSyncParameters BatchParameters EcsParameters HttpParameters KinesisParameters "
        "RedshiftDataParameters RunCommandParameters SageMakerPipelineParameters",
    ),
    ("AWS::Scheduler::Schedule", "Target"): _known(
        "Arn Input",
        f"{RETRIES} RoleArn",
        "EcsParameters EventBridgeParameters KinesisParameters SageMakerPipelineParameters SqsParameters",
    ),
}

RULE_EVENT = _known(
    "Enabled EventBusName Input InputPath InputTransformer Pattern RuleName State Target", f"{RETRIES} RoleArn"
)
MAPPING_EVENT = "BatchSize Enabled FilterCriteria FunctionResponseTypes MaximumBatchingWindowInSeconds"
MAPPING_INERT = "KmsKeyArn MetricsConfig"
EVENTS = {
    "SQS": _known(f"{MAPPING_EVENT} Queue ScalingConfig", MAPPING_INERT, "ProvisionedPollerConfig"),
    "DynamoDB": _known(
        f"{MAPPING_EVENT} BisectBatchOnFunctionError DestinationConfig MaximumRecordAgeInSeconds MaximumRetryAttempts "
        "StartingPosition Stream TumblingWindowInSeconds",
        f"{MAPPING_INERT} ParallelizationFactor",
        "StartingPositionTimestamp",
    ),
    "Schedule": _known("Enabled Input Name Schedule State", f"{RETRIES} Description RoleArn"),
    "ScheduleV2": _known(
        "EndDate Input Name OmitName ScheduleExpression ScheduleExpressionTimezone StartDate State",
        f"{RETRIES} Description FlexibleTimeWindow GroupName KmsKeyArn PermissionsBoundary RoleArn",
    ),
    "EventBridgeRule": RULE_EVENT,
    "CloudWatchEvent": RULE_EVENT,
    "SNS": _known("FilterPolicy FilterPolicyScope SqsSubscription Topic", "Region", "RedrivePolicy"),
    "S3": _known("Bucket Events Filter"),
}
"""The properties of the events of a SAM function, by their types."""

CHECKED_ELSEWHERE = frozenset(
    {
        "AWS::CloudFormation::Stack",
        "AWS::CloudFront::Distribution",
        "AWS::DynamoDB::GlobalTable",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Serverless::Application",
        "SAM bucket event",  # an S3 event of a function, which SAM adds to its bucket
    }
)
"""The types that are read, and whose properties other modules or the emulated APIs check."""

INERT_TYPES = (
    "AWS::ApiGateway::Account",
    "AWS::Budgets::",
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::KeyValueStore",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::OriginRequestPolicy",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::",
    "AWS::CodeDeploy::",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Lambda::CodeSigningConfig",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Logs::",
    "AWS::ResourceGroups::",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::Serverless::Connector",
    "Custom::ApiGatewayAccountRole",
    "Custom::LogRetention",
    "Custom::S3AutoDeleteObjects",
    "Custom::VpcRestrictDefaultSG",
)
"""The beginnings of types that no call of a function depends on: permissions, keys, logs, alarms, networks.

Custom resources of these names are those of the CDK and of the Serverless Framework.
"""

TEMPLATE = _known(
    "AWSTemplateFormatVersion Conditions Globals Mappings Outputs Parameters Resources Rules Transform",
    "Description Metadata",
    "Hooks",
)
"""The sections of a template."""

RULES = _known("", "CheckBootstrapVersion")
"""The rules of a template without effect on a stack that runs: that of the CDK, in each of its templates."""

ATTRIBUTES = _known(
    "Condition DependsOn IgnoreGlobals Metadata Properties Type",
    "Connectors CreationPolicy DeletionPolicy UpdatePolicy UpdateReplacePolicy",
)
"""The attributes of a resource."""

GLOBALS = _known("Function LayerVersion SimpleTable WebSocketApi", "Api CapacityProvider HttpApi StateMachine")
"""The sections of Globals. Source: aws-sam-translator 1.115.0."""


def is_known_type(type: str) -> bool:
    """Returns True for a type that the emulator reads, or that makes no difference here."""
    return type in KNOWN or type in CHECKED_ELSEWHERE or type.startswith(INERT_TYPES)
