import type { OpenAPIObject } from '@nestjs/swagger';

// The library names these types, but exports only the one that holds them.
export type PathItem = OpenAPIObject['paths'][string];
export type Operation = NonNullable<PathItem['get']>;
export type Response = Extract<NonNullable<Operation['responses'][string]>, { description: string }>;
export type Components = NonNullable<OpenAPIObject['components']>;
export type Schema = NonNullable<Components['schemas']>[string];
