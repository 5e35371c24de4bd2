// Under jest, the CommonJS package of /metrics can only load Nest when Nest has been loaded before it.
import '@nestjs/common';
import '@nestjs/core';

export const { createApp } = await import('../app.js');
